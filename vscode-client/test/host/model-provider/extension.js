// Another extension with a language model, for the tests. The question decides what it answers and how it fails.
const vscode = require("vscode");

const model = { name: "Parrot", id: "parrot", family: "parrot", version: "1", maxInputTokens: 4000, maxOutputTokens: 500, capabilities: {} };
const textOf = ({ content }) => (typeof content === "string" ? content : content.map((part) => part.value).join(""));
const tokensOf = (text) => Math.ceil(text.length / 4);

exports.activate = () => {
  globalThis.parrot = { stopped: 0 };
  vscode.lm.registerLanguageModelChatProvider("scripted", {
    provideLanguageModelChatInformation: () => [model],
    provideTokenCount: (_model, message) => tokensOf(typeof message === "string" ? message : textOf(message)),
    async provideLanguageModelChatResponse(_model, messages, _options, progress, token) {
      const prompt = messages.map(textOf).join("\n");
      const report = (text) => progress.report(new vscode.LanguageModelTextPart(text));
      if (prompt.includes("Say QUOTA")) throw vscode.LanguageModelError.Blocked("Quota exceeded.");
      if (prompt.includes("Say LENGTH")) return report(`A prompt of ${tokensOf(prompt)} tokens.`);
      if (prompt.includes("Say ENDLESS")) {
        report("Once upon a time\n");
        await new Promise((resolve) => token.onCancellationRequested(resolve));
        globalThis.parrot.stopped++;
        return;
      }
      report("`sign_cookie` does ");
      report("[shop/sessions.py:14-17], not [shop/missing.py:1-2].");
    },
  });
};

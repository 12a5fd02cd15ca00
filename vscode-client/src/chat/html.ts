/** The HTML of the chat page: no remote content, no inline code, one style sheet and one script of the extension. */

import { randomBytes } from "node:crypto";

/** The URIs of the style sheet and the script, and their origin for the content security policy. */
export interface Sources {
  style: string;
  script: string;
  origin: string;
}

export function pageHtml({ style, script, origin }: Sources): string {
  const nonce = randomBytes(16).toString("base64");
  const policy = `default-src 'none'; style-src ${origin}; font-src ${origin}; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="${style}">
<title>Fieldguide</title>
</head>
<body>
<main id="log" role="log" aria-live="off" aria-label="Conversation" tabindex="0"></main>
<div id="announcements" class="visually-hidden" role="status" aria-live="polite"></div>
<section id="welcome">
<p>Ask about this workspace. Every answer cites lines, and every citation is checked.</p>
<p>Without a model, answers consist of the matching passages and are made on this machine.</p>
</section>
<div id="follow" role="group" aria-label="Follow-up questions" hidden></div>
<form id="ask" aria-label="Ask Fieldguide">
<div id="attachments" role="group" aria-label="Attachments"></div>
<textarea id="question" rows="3" aria-label="Question" placeholder="Where is …? Why does …? How do I …?"></textarea>
<div class="bar">
<button type="button" data-message="attach" title="Attach the selection or a file">Attach</button>
<button type="button" data-message="pick persona" title="Select a persona" id="persona"></button>
<button type="button" data-message="pick model" title="Select a model" id="model"></button>
<span class="space"></span>
<button type="button" id="stop" title="Stop (Escape)" hidden>Stop</button>
<button type="button" id="send" class="primary" title="Ask (Enter)">Ask</button>
</div>
</form>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}

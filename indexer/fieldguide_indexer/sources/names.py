"""Files that are skipped by their name alone: secrets and lock files."""

import re

_LOCK_FILES = frozenset(
    {
        "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "deno.lock",
        "cargo.lock", "poetry.lock", "pipfile.lock", "pdm.lock", "uv.lock", "pixi.lock", "conda-lock.yml",
        "composer.lock", "gemfile.lock", "go.sum", "go.work.sum", "flake.lock", "mix.lock", "rebar.lock", "pubspec.lock",
        "podfile.lock", "packages.lock.json", "project.assets.json", "paket.lock", "gradle.lockfile", "package.resolved",
        "cartfile.resolved", ".terraform.lock.hcl", "stack.yaml.lock", "cabal.project.freeze",
    }
)  # fmt: skip

_SECRET_FILES = frozenset(
    {
        ".npmrc", ".pypirc", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".htpasswd", ".git-credentials",
        ".dockercfg", ".envrc", ".s3cfg", ".boto", ".vault-token", "credentials", "credentials.json",
        "client_secret.json", "service-account.json", "service_account.json", "kubeconfig", "id_rsa", "id_dsa",
        "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk", "master.key", "terraform.tfstate",
        "terraform.tfstate.backup", "secrets.yml", "secrets.yaml", "secrets.json", "secrets.toml", "secrets.env",
        # histories of shells and clients hold what was typed
        ".bash_history", ".zsh_history", ".zhistory", ".sh_history", ".ash_history", ".ksh_history", ".fish_history", "fish_history",
        ".python_history", ".node_repl_history", ".irb_history", ".pry_history", ".psql_history", ".mysql_history",
        ".sqlite_history", ".rediscli_history", ".dbshell", ".lesshst", ".viminfo", "consolehost_history.txt",
        # browsers, password managers and key stores
        "login data", "logins.json", "key3.db", "key4.db", "signons.sqlite", "cookies.sqlite", "web data", "wallet.dat",
        "login.keychain", "1password.sqlite", "bitwarden.json", ".mylogin.cnf", ".fetchmailrc",
        ".msmtprc", ".esmtprc", ".netrc.gpg", ".authinfo", ".authinfo.gpg", ".rclone.conf", "rclone.conf", ".smbcredentials",
        ".terraformrc", "credentials.tfrc.json", "application_default_credentials.json", "accesstokens.json", "azureprofile.json",
        "msal_token_cache.json", ".git-crypt-key", ".vault_pass", ".vault-pass", "vault_pass.txt",
    }
)  # fmt: skip
_SECRET_PATHS = re.compile(
    r"(?:^|/)(?:\.docker/config\.json|\.aws/(?:config|sso/.*|cli/.*)|\.kube/(?:config|cache/.*)|\.ssh/(?!config$|.*\.pub$).*"
    r"|\.gnupg/.*|\.password-store/.*|\.config/(?:gh/hosts\.yml|gcloud/.*|google-chrome/.*|chromium/.*|bravesoftware/.*|op/.*)"
    r"|\.local/share/(?:keyrings|kwalletd)/.*|\.mozilla/.*|firefox/profiles/.*|library/keychains/.*|\.azure/(?!.*\.md$).*"
    r"|(?:google/chrome|microsoft/edge|chromium)/user data/.*|\.config/filezilla/.*|\.purple/accounts\.xml)$"
)
_SECRET_SUFFIXES = (
    ".pem",
    ".p12",
    ".pfx",
    ".p8",
    ".key",
    ".jks",
    ".keystore",
    ".kdbx",
    ".kdb",
    ".agilekeychain",
    ".opvault",
    ".psafe3",
    ".1pux",
    ".keychain",
    ".keychain-db",
    ".bks",
    ".jceks",
    ".pkcs12",
    ".kwallet",
    ".keyring",
    ".keytab",
    ".ppk",
    ".ovpn",
    ".tfstate",
    ".enc",
)

_ENVIRONMENT = re.compile(r"^\.env(?:$|[.\-_])|\.env$")
_ENVIRONMENT_SAMPLE = re.compile(
    r"(?:^|[.\-_])(?:example|sample|template|tmpl|dist|defaults?|schema)(?:$|[.\-_])"
)


def reason_to_skip(path: str) -> str:
    """Return why a file of this name is never read: ``secret`` or ``lock file``; "" for others."""
    lowered = path.lower()
    name = lowered.rpartition("/")[2]
    if _is_secret(lowered, name):
        return "secret"
    return "lock file" if name in _LOCK_FILES else ""


def _is_secret(path: str, name: str) -> bool:
    if _ENVIRONMENT.search(name):
        return not _ENVIRONMENT_SAMPLE.search(name)
    return name in _SECRET_FILES or name.endswith(_SECRET_SUFFIXES) or bool(_SECRET_PATHS.search(path))

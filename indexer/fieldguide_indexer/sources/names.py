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
    }
)  # fmt: skip
_SECRET_PATHS = re.compile(
    r"(?:^|/)(?:\.docker/config\.json|\.aws/config|\.kube/config|\.ssh/(?!config$|.*\.pub$).*)$"
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

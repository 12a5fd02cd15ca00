"""Environment files: the samples that repositories hold, and the names under which programs load them."""

from collections.abc import Mapping

# A sample → the file that it is copied to.
SAMPLES: Mapping[str, str] = {
    ".env.example": ".env",
    ".env.sample": ".env",
    ".env.template": ".env",
    ".env.dist": ".env",
    "env.example": ".env",
    "example.env": ".env",
    ".sample.env": ".env",
    ".env.local.example": ".env.local",
}
DEVELOPMENT_FILES = (".env.development", ".env.development.example", *SAMPLES, ".flaskenv", ".env")
# The files with values for a compose file: .env itself, else a sample of it.
COMPOSE_FILES = (".env", *(sample for sample, target in SAMPLES.items() if target == ".env"))
# The variable that names the file which dotenv loads.
DOTENV_VARIABLE = "DOTENV_CONFIG_PATH"

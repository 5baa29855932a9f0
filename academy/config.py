"""Settings, read once from the environment. The table in docs/operations.md documents each one."""

import secrets
from functools import cache
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET = 32


class Settings(BaseSettings):
    """Every setting of an installation, with the embedded default."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    instance_dir: Path = Path("instance")
    database_url: str = ""
    redis_url: str = ""
    secret_key: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    base_url: str = ""
    web_workers: int = Field(default=1, ge=1, le=64)
    celery_workers: int = Field(default=1, ge=1, le=64)
    mail_url: str = ""
    mail_from: str = "academy@xinan.example"
    academy_name_zh: str = "山东省心安社会工作学院"
    academy_name_en: str = "Shandong Xin’an Academy of Social Work"
    cookie_secure: bool = False
    log_level: str = "INFO"

    @field_validator("secret_key")
    @classmethod
    def _strong(cls, value: str) -> str:
        if value and len(value) < SHORTEST_SECRET:
            raise ValueError(f"SECRET_KEY must have at least {SHORTEST_SECRET} characters")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:", "postgresql+psycopg:")):
            raise ValueError("DATABASE_URL must start with postgresql+psycopg:// or sqlite://")
        return value

    @property
    def database(self) -> str:
        """The database address: DATABASE_URL, or a SQLite file in the instance folder."""
        return self.database_url or f"sqlite:///{self.instance_dir.resolve() / 'academy.sqlite3'}"

    @property
    def secret(self) -> str:
        """The secret key: SECRET_KEY, or the one kept in the instance folder since the first start."""
        return self.secret_key or _kept_secret(self.instance_dir.resolve() / "secret_key")

    @property
    def address(self) -> str:
        """Where people reach this installation; certificates carry it in their QR code."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def sign_ins(self) -> Path:
        """Where the demo sign-ins are kept, readable by the operator alone."""
        return self.instance_dir.resolve() / "demo-sign-ins.json"

    @property
    def mail_dir(self) -> Path:
        """Where e-mail is kept as .eml files while MAIL_URL is not set."""
        return self.instance_dir.resolve() / "mail"


def _kept_secret(path: Path) -> str:
    """Read the installation's secret, making it on first use. Creation is exclusive: two starts agree."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip()


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()

"""What the application is put together from."""

from typing import TYPE_CHECKING, Literal

from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase

from vestibule import SigninContext, Vestibule

if TYPE_CHECKING:
    from shop.models import User


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)
migrate = Migrate()
login_manager = LoginManager()
login_manager.login_view = "auth.sign_in"
login_manager.login_message = None
vestibule = Vestibule()


@vestibule.policy
def policy(user: "User", _context: SigninContext) -> Literal["optional", "required"]:
    """Asked at each sign-in, so a new role counts at once."""
    return "required" if user.role == "staff" else "optional"

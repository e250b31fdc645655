"""What the site is put together from; :func:`vestibule.ready_site.site.create_site` wires it."""

from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy

from vestibule import Vestibule
from vestibule.ready_site.models import Base

db = SQLAlchemy(model_class=Base)
login_manager = LoginManager()
vestibule = Vestibule()

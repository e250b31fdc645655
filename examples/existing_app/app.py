"""A shop that signs people in with a password. Start it as README.md says."""

from extensions import db, login_manager
from flask import Flask, flash, redirect, render_template, request, url_for
from flask_login import login_required, login_user, logout_user
from models import User
from sqlalchemy.exc import IntegrityError

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
app.config.from_prefixed_env()  # FLASK_SECRET_KEY and whatever else begins with FLASK_

db.init_app(app)
login_manager.init_app(app)

with app.app_context():
    db.create_all()


@app.get("/")
def index():
    return render_template("index.html")


@app.route("/register", methods=["GET", "POST"])
def register():
    if request.method == "POST":
        user = User(username=request.form["username"])
        user.set_password(request.form["password"])
        db.session.add(user)
        try:
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            flash("This user name is taken. Choose another one.")
            return render_template("register.html"), 422
        flash("Your account is there. Sign in.")
        return redirect(url_for("login"))
    return render_template("register.html")


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        user = db.session.scalar(db.select(User).filter_by(username=request.form["username"]))
        if user and user.check_password(request.form["password"]):
            login_user(user)
            return redirect(url_for("dashboard"))
        flash("The user name or password is not right.")
        return render_template("login.html"), 422
    return render_template("login.html")


@app.get("/dashboard")
@login_required
def dashboard():
    return render_template("dashboard.html")


@app.post("/logout")
@login_required
def logout():
    logout_user()
    return redirect(url_for("index"))

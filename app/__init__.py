"""The doors of Sheaf: the web application is `app.web`, the command line `app.cli`. Empty: neither shall wait for the other."""

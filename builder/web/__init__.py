"""What runtime pages and the designer share in Flask: session, CSRF, CSP, problem answers, base templates, static files."""

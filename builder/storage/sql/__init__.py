"""SQL in words: what SQLAlchemy has no words for, each in the form of its database."""

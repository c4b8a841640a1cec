"""Parts of a report in every format: tables, Markdown, CSV, JSON, pictures, and what CI reads."""

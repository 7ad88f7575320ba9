"""One module per tabular format: how it is read and written; stance/io/formats.py lists them."""

"""Writing PDF: the objects of a file, in two halves. What a certificate or a back has in it, their own rooms know."""

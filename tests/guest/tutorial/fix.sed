# The fix at the end of docs/tutorial-debug.md.
s|last = bytes / BLOCK;|last = (bytes - 1) / BLOCK;|

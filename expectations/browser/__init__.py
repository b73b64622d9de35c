"""The warehouse as a folder of pages that a browser opens from disk, without a server."""

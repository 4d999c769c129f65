"""The platform on one machine: a parent process, a server and a worker."""

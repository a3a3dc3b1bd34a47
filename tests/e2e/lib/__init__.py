"""Support for the end-to-end tests: real servers, real clients, one private tree each."""

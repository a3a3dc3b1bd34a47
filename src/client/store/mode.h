/* Modes by the umask, for the files that Certbot leaves to it (certbot.md 8); but nothing is for everybody to write. */
#pragma once

#include <sys/types.h>

mode_t mode_by_umask(mode_t wanted);

/* The order in which httpd reads files: the first host of an address answers for names that nobody has there. */
#pragma once

#include "plugins/apache/config.h"

/*
 * Would the hosts of a new file of this directory, which is read by the order of names, come behind this one? Files outside are read
 * before those of the directory, or after them, all together.
 */
bool apache_follows(const struct apache_config *c, const struct apache_vhost *first,
		    const char *dir, const char *path);
bool apache_is_below(const char *path, const char *dir);

/* The profiles of a file without any: Let's Encrypt's (ca.md 5.11), as they would stand in it. */
#pragma once

extern const char config_builtin_profiles[];

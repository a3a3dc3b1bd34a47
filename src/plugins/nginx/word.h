/* A word of the configuration as nginx means it, and back: quotes and escapes. */
#pragma once

#include <stddef.h>

#include "base/mem.h"

/* Without its quotes; of the escapes nginx undoes \" \' \\ \t \r \n, and leaves others for who reads the word. */
char *word_value(const char *text, size_t len);
/* Quoted where it must be. A "$" in it stays a variable's. */
char *word_quoted(const char *value);

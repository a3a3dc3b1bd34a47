/* The value of one key: read from its text by the key's kind, described, released. */
#pragma once

#include "base/err.h"
#include "ca/config/key.h"

/* ERR_CONFIG says what the key takes. What the field held is released. dir: what relative paths are relative to. */
MUST_CHECK struct err *config_value_set(void *field, const struct config_key *key, const char *text,
					const char *dir);
void config_value_release(void *field, const struct config_key *key);

/* "a number from 1 to 9" */
char *config_value_allowed(const struct config_key *key);

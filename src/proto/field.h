/* Fields of objects that we render: left out when there is nothing to say. */
#pragma once

#include <time.h>

#include "base/json.h"

void field_text(json_t *obj, const char *key, const char *value); /* NULL: left out */
void field_time(json_t *obj, const char *key, time_t t);          /* 0: left out; RFC 3339 */

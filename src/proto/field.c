#include "proto/field.h"

#include "base/clock.h"

void field_text(json_t *obj, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(obj, key, json_string(value));
}

void field_time(json_t *obj, const char *key, time_t t)
{
	AUTO(free) char *text = t != 0 ? time_rfc3339(t) : NULL;

	field_text(obj, key, text);
}

/* Both readers agree; what is accepted can be written and read again to the same value; the getters never take another type. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_plain.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

static void round_trip(const json_t *value, char *text)
{
	AUTO(free) char *owned = text;
	AUTO(json_release) json_t *again = NULL;
	struct err *e = json_parse(&again, owned, strlen(owned), "again");

	if (e != NULL &&
	    e->code == ERR_LIMIT) { /* ASCII escapes are longer than what they stand for */
		err_free(e);
		return;
	}
	need(e == NULL && json_equal(value, again));
}

static void read_fields(const json_t *value)
{
	AUTO(strlist_release) struct strlist list = { 0 };
	const char *text = NULL;
	int64_t number = 0;
	bool flag = false;
	json_t *part = NULL;

	err_ignore(json_get_string(&text, value, "a", JSON_REQUIRED));
	err_ignore(json_get_int(&number, value, "a", JSON_OPTIONAL));
	err_ignore(json_get_bool(&flag, value, "a", JSON_OPTIONAL));
	err_ignore(json_get_array(&part, value, "a", JSON_OPTIONAL));
	err_ignore(json_get_object(&part, value, "a", JSON_OPTIONAL));
	err_ignore(json_get_strings(&list, value, "a", JSON_OPTIONAL));
	need(text == NULL || strlen(text) <= LIMIT_JSON_BYTES);
}

/* What the plain reader takes, jansson reads to the same value. */
static void compare_readers(const char *text, size_t len)
{
	AUTO(json_release) json_t *plain = json_plain(text, len);
	AUTO(json_release) json_t *full = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	need(plain == NULL || json_equal(plain, full));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(json_release) json_t *value = NULL;

	compare_readers((const char *)data, size);
	struct err *e = json_parse(&value, (const char *)data, size, "input");

	need((e == NULL) == (value != NULL));
	err_free(e);
	if (value == NULL)
		return 0;
	round_trip(value, json_compact(value));
	round_trip(value, json_spaced(value));
	read_fields(value);
	return 0;
}

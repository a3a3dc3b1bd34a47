#include "ca/jws/algorithm.h"

static const char *const algorithms[] = { "RS256", "ES256", "ES384", "ES512" };

bool algorithm_is_taken(const char *alg)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (streq(algorithms[i], alg))
			return true;
	return false;
}

json_t *algorithms_json(void)
{
	json_t *all = json_array();

	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		(void)json_array_append_new(all, json_string(algorithms[i]));
	return all;
}

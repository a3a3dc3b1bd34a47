#include "ca/cmd/proof_text.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "proto/problem.h"

static void add_problem(struct strlist *out, const struct err *e)
{
	const char *type = err_type(e);

	strlist_take(out,
		     str_fmt("%s%s%s: %s", e->identifier != NULL ? e->identifier : "",
			     e->identifier != NULL ? ": " : "", type != NULL ? type : "problem",
			     e->detail != NULL ? e->detail : ""));
	for (size_t i = 0; i < e->subproblem_count; i++)
		add_problem(out, e->subproblems[i]);
}

void problem_lines(struct strlist *out, const char *json)
{
	AUTO(json_release) json_t *obj = json != NULL ? json_loads(json, 0, NULL) : NULL;
	AUTO(err_free) struct err *e = obj != NULL ? problem_object_to_err(obj) : NULL;

	if (e != NULL)
		add_problem(out, e);
}

static const char *text_of(const json_t *hop, const char *key)
{
	const char *text = json_string_value(json_object_get(hop, key));

	return text != NULL ? text : "";
}

static void add_addresses(struct buf *b, const char *before, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *address = json_string_value(json_array_get(list, i));

		buf_addf(b, "%s%s", i == 0 ? before : ", ", address != NULL ? address : "?");
	}
}

static void add_hop(struct strlist *out, const json_t *hop)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_CA_ANSWER);
	const char *url = text_of(hop, "url");
	const char *used = text_of(hop, "addressUsed");

	if (*url != '\0')
		buf_addf(&b, "%s: ", url);
	else
		buf_addf(&b, "%s port %s: ", text_of(hop, "hostname"), text_of(hop, "port"));
	buf_adds(&b, json_array_size(json_object_get(hop, "addressesResolved")) > 0 ? "found "
										    : "no address");
	add_addresses(&b, "", json_object_get(hop, "addressesResolved"));
	add_addresses(&b, "; failed ", json_object_get(hop, "addressesTried"));
	if (*used != '\0')
		buf_addf(&b, "; used %s", used);
	strlist_add(out, buf_str(&b));
}

void record_lines(struct strlist *out, const char *json)
{
	AUTO(json_release) json_t *list = json != NULL ? json_loads(json, 0, NULL) : NULL;

	for (size_t i = 0; i < json_array_size(list); i++)
		add_hop(out, json_array_get(list, i));
}

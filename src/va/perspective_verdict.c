/* What the voices of a check come to. */
#include "proto/problem.h"
#include "va/perspective_check.h"

struct quorum check_quorum(const struct perspectives_check *c)
{
	const struct perspectives_options *o = &c->p->o;
	struct quorum q;

	quorum_init(&q, o->remote_count, o->failures_allowed);
	for (size_t i = 0; i < o->remote_count; i++) {
		const struct voice *v = &c->voices[i];

		quorum_expect(&q, v->o->region);
		if (v->heard)
			quorum_hear(&q, v->problem == NULL, v->o->region);
	}
	return q;
}

static json_t *verdict_of(const struct perspectives_check *c, const struct voice *v)
{
	AUTO(va_record_free)
	struct va_record *none = va_record_new(v->o->name, c->record->type, c->record->identifier);

	return va_verdict_render(v->problem, v->record != NULL ? v->record : none);
}

json_t *check_summary(const struct perspectives_check *c, const struct quorum *q)
{
	json_t *summary = json_object();
	json_t *passed = json_array();
	json_t *failed = json_array();
	json_t *verdicts = json_object();

	for (size_t i = 0; i < c->p->o.remote_count; i++) {
		const struct voice *v = &c->voices[i];

		(void)json_array_append_new(v->problem == NULL ? passed : failed,
					    json_string(v->o->name));
		(void)json_object_set_new(verdicts, v->o->name, verdict_of(c, v));
	}
	(void)json_object_set_new(summary, "passedPerspectives", passed);
	(void)json_object_set_new(summary, "failedPerspectives", failed);
	(void)json_object_set_new(summary, "passedRIRs", quorum_regions(q));
	(void)json_object_set_new(summary, "quorumResult",
				  json_sprintf("%zu/%zu", q->passed, q->count));
	(void)json_object_set_new(summary, "perspectives", verdicts);
	return summary;
}

/* What the client is told; how our own perspectives are reached is none of its business. */
static struct err *secondary(const struct err *problem)
{
	const char *type = err_type(problem);

	if (type == NULL || streq(type, "serverInternal"))
		return problem_new("serverInternal",
				   "During secondary validation: Secondary validation RPC failed");
	return problem_new(type, "During secondary validation: %s", problem->detail);
}

struct err *check_problem(const struct perspectives_check *c, const struct quorum *q)
{
	if (q->failed > q->allowed)
		return secondary(c->first_problem);
	if (quorum_spans_regions(q))
		return NULL;
	return problem_new(
		"serverInternal",
		"During secondary validation: all perspectives that agree are in one region");
}

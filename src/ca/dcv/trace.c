#include "ca/dcv/trace.h"

#include "base/buf.h"
#include "base/limits.h"

void trace_record(struct ca_log *log, int64_t authz_id, const struct va_record *record, bool valid)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_VA_VERDICT);
	AUTO(strlist_release) struct strlist lines = { 0 };

	va_record_text(record, &text);
	strlist_split(&lines, buf_str(&text), '\n');
	for (size_t i = 0; i < lines.count; i++) {
		if (*lines.items[i] == '\0')
			continue;
		ca_log(log, valid ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "challenge_seen",
		       LOG_FIELDS(LOG_NUM("authorization", authz_id),
				  LOG_STR("text", lines.items[i])));
	}
}

static void trace_disagreement(struct ca_log *log, int64_t authz_id, const char *name,
			       const json_t *verdict)
{
	const json_t *problem = json_object_get(verdict, "problem");
	const char *detail = json_string_value(json_object_get(problem, "detail"));

	if (problem != NULL)
		ca_log(log, LOG_LEVEL_WARNING, "perspective_disagreed",
		       LOG_FIELDS(LOG_NUM("authorization", authz_id), LOG_STR("perspective", name),
				  LOG_STR("detail", detail != NULL ? detail : "")));
}

/* The verdicts are longer than a line of the log may be: those that differ have one of their own. */
void trace_perspectives(struct ca_log *log, int64_t authz_id, json_t *summary)
{
	AUTO(json_release) json_t *verdicts = json_incref(json_object_get(summary, "perspectives"));
	const char *name;
	json_t *verdict;

	if (summary == NULL)
		return;
	(void)json_object_del(summary, "perspectives");
	AUTO(free) char *text = json_compact(summary);

	ca_log(log, LOG_LEVEL_INFO, "perspectives",
	       LOG_FIELDS(LOG_NUM("authorization", authz_id), LOG_STR("summary", text)));
	json_object_foreach(verdicts, name, verdict)
		trace_disagreement(log, authz_id, name, verdict);
}

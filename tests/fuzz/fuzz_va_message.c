/* What perspectives say to one another: what is read is rendered so that it reads the same again. */
#include <stdint.h>
#include <string.h>

#include "va/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(const json_t *obj)
{
	AUTO(va_request_release) struct va_request q = { 0 };
	AUTO(va_request_release) struct va_request again = { 0 };
	struct err *e = va_request_parse(&q, obj);

	err_free(e);
	if (e != NULL)
		return;
	AUTO(json_release) json_t *rendered = va_request_render(&q);

	if (va_request_parse(&again, rendered) != NULL)
		abort();
	AUTO(json_release) json_t *twice = va_request_render(&again);

	if (!json_equal(rendered, twice))
		abort();
}

static void check_verdict(const json_t *obj)
{
	AUTO(err_free) struct err *problem = NULL;
	AUTO(err_free) struct err *problem_again = NULL;
	AUTO(va_record_free) struct va_record *record = NULL;
	AUTO(va_record_free) struct va_record *record_again = NULL;
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
	struct err *e = va_verdict_parse(&problem, &record, obj);

	err_free(e);
	if (e != NULL)
		return;
	va_record_text(record, &text);
	AUTO(json_release) json_t *shown = va_record_public(record);
	AUTO(json_release) json_t *rendered = va_verdict_render(problem, record);

	if (shown == NULL || va_verdict_parse(&problem_again, &record_again, rendered) != NULL ||
	    (problem == NULL) != (problem_again == NULL))
		abort();
	AUTO(json_release) json_t *first = va_record_render(record);
	AUTO(json_release) json_t *twice = va_record_render(record_again);

	if (!json_equal(first, twice))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(json_release) json_t *obj = NULL;
	struct err *e = json_parse(&obj, (const char *)data, size, "a message");

	err_free(e);
	if (e != NULL)
		return 0;
	check_request(obj);
	check_verdict(obj);
	return 0;
}

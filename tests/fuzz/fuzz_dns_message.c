/* What dns_message_parse() takes, dns_message_render() gives back so that it says the same. */
#include <stdint.h>

#include "base/limits.h"
#include "base/str.h"
#include "dns/rdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_records(const struct dns_records *a, const struct dns_records *b)
{
	if (a->count != b->count)
		abort();
	for (size_t i = 0; i < a->count; i++) {
		AUTO(free) char *left = dns_data_text(&a->items[i]);
		AUTO(free) char *right = dns_data_text(&b->items[i]);

		if (!streq(a->items[i].name, b->items[i].name) || !streq(left, right))
			abort();
	}
}

static void read_data(const struct dns_records *l)
{
	for (size_t i = 0; i < l->count; i++) {
		AUTO(free) char *text = NULL;
		AUTO(free) char *target = NULL;
		AUTO(dns_caa_release) struct dns_caa caa = { 0 };
		size_t len = 0;

		err_ignore(dns_txt_read(&text, &len, &l->items[i]));
		err_ignore(dns_caa_read(&caa, &l->items[i]));
		err_ignore(dns_target_read(&target, &l->items[i]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(dns_message_release) struct dns_message m = { 0 };
	AUTO(dns_message_release) struct dns_message again = { 0 };
	AUTO(buf_release) struct buf wire = BUF_INIT(LIMIT_KIB(64));
	AUTO(err_free) struct err *refused = dns_message_parse(&m, data, size);

	if (refused != NULL)
		return 0;
	read_data(&m.answer);
	/* what was compressed as we do not (case apart) may not fit any more */
	AUTO(err_free) struct err *large = dns_message_render(&wire, &m);

	if (large != NULL)
		return 0;
	if (dns_message_parse(&again, wire.data, wire.len) != NULL)
		abort();
	check_records(&m.answer, &again.answer);
	check_records(&m.authority, &again.authority);
	check_records(&m.additional, &again.additional);
	return 0;
}

/* The values of CAA and of dns-persist-01: what is judged good names us, and reads the same when it is written again. */
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "dns/issue_value.h"
#include "dns/rdata.h"
#include "proto/challenge.h"
#include "va/caa.h"

#define US "ca.example"
#define ACCOUNT "https://ca.example/1"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct issue_value *v)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_MIB(1));
	AUTO(issue_value_release) struct issue_value again = { 0 };

	buf_adds(&text, v->domain);
	for (size_t i = 0; i < v->count; i++)
		buf_addf(&text, " ;\t%s =%s", v->parameters[i].tag, v->parameters[i].value);
	if (issue_value_parse(&again, buf_str(&text), text.len) != NULL ||
	    again.count != v->count || !streq(again.domain, v->domain))
		abort();
	for (size_t i = 0; i < v->count; i++)
		if (!streq(again.parameters[i].tag, v->parameters[i].tag) ||
		    !streq(again.parameters[i].value, v->parameters[i].value))
			abort();
}

static void judge_caa(const uint8_t *data, size_t size, const struct strlist *accounts)
{
	AUTO(dns_records_release) struct dns_records set = { 0 };
	AUTO(buf_release) struct buf rdata = BUF_INIT(LIMIT_DNS_DATA);
	const struct caa_request q = { .domain = "foo.example",
				       .method = "dns-01",
				       .issuer_domain = US,
				       .account_uris = accounts };

	buf_add(&rdata, "\0\5issue", 7);
	buf_add(&rdata, data, size);
	dns_records_add(&set, "foo.example", DNS_CAA, 1, &rdata);
	if (caa_permits(&set, &q) && memmem(data, size, US, strlen(US)) == NULL)
		abort();
}

static void judge_persist(const char *text, const struct strlist *accounts)
{
	AUTO(strlist_release) struct strlist texts = { 0 };
	AUTO(strlist_release) struct strlist issuers = { 0 };
	const struct match_input in = { &texts, false, accounts, &issuers, 1000 };

	strlist_add(&texts, text);
	strlist_add(&issuers, US);
	AUTO(err_free) struct err *e = challenge_type_by_name("dns-persist-01")->match(&in);

	if (e == NULL && strstr(text, ACCOUNT) == NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(issue_value_release) struct issue_value v = { 0 };
	AUTO(strlist_release) struct strlist accounts = { 0 };

	if (size > LIMIT_KIB(32))
		return 0;
	AUTO(free) char *text = xstrndup((const char *)data, size);
	AUTO(err_free) struct err *refused = issue_value_parse(&v, (const char *)data, size);

	strlist_add(&accounts, ACCOUNT);
	if (refused == NULL)
		write_again(&v);
	judge_caa(data, size, &accounts);
	judge_persist(text, &accounts);
	return 0;
}

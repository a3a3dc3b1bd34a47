#include "ca/policy/hostname.h"

#include <arpa/inet.h>
#include <string.h>

#include "dns/idna.h"
#include "dns/psl.h"

#define NAME_MAX_LEN 253 /* RFC 1035 §2.3.4 */
#define LABEL_MAX_LEN 63
#define LABELS_MAX 10

static bool is_ascii(const char *s)
{
	while (*s != '\0' && (unsigned char)*s < 0x80)
		s++;
	return *s == '\0';
}

static bool is_address(const char *s)
{
	unsigned char out[16];

	return inet_pton(AF_INET, s, out) == 1 || inet_pton(AF_INET6, s, out) == 1;
}

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static struct err *check_characters(const char *name)
{
	if (is_ascii(name))
		return NULL;
	AUTO(free) char *a_label = idna_ascii(name);

	if (a_label == NULL)
		return err_new(ERR_USAGE, "it is not ASCII");
	return err_new(ERR_USAGE, "it is not ASCII; certificates carry the form %s", a_label);
}

/* RFC 5891 §4.2.3.1, §5.4: a reserved label must be an A-label that comes out the same when it is made anew. */
static struct err *check_reserved(const char *label, size_t len)
{
	AUTO(free) char *text = xstrndup(label, len);

	if (len < 4 || label[2] != '-' || label[3] != '-')
		return NULL;
	if (!str_starts(text, "xn--"))
		return err_new(ERR_USAGE, "a label is reserved (\"--\" in third place)");
	if (!idna_is_a_label(text))
		return err_new(ERR_USAGE, "a label is no valid internationalized one (\"xn--\")");
	return NULL;
}

static struct err *check_label(const char *label, size_t len)
{
	if (len == 0)
		return err_new(ERR_USAGE, "it has an empty label, or a dot at its end");
	if (len > LABEL_MAX_LEN)
		return err_new(ERR_USAGE, "a label has more than %d characters", LABEL_MAX_LEN);
	for (size_t i = 0; i < len; i++) {
		if (label[i] == '*')
			return err_new(ERR_USAGE, "\"*\" can only be the whole first label");
		if (!is_label_char(label[i]))
			return err_new(ERR_USAGE, "it has a character that no host name may have");
	}
	if (label[0] == '-' || label[len - 1] == '-')
		return err_new(ERR_USAGE, "a label begins or ends with \"-\"");
	return check_reserved(label, len);
}

static struct err *check_labels(const char *name, size_t *count)
{
	for (const char *label = name;; label++) {
		size_t len = strcspn(label, ".");

		TRY(check_label(label, len));
		*count += 1;
		label += len;
		if (*label == '\0')
			return NULL;
	}
}

/* Or others would take the name for an address (a number at its end; see WHATWG URL, "ends in a number"). */
static bool ends_in_number(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *last = dot != NULL ? dot + 1 : name;

	return last[strspn(last, "0123456789")] == '\0';
}

static struct err *check_suffix(const char *base)
{
	if (psl_icann_suffix(base) == NULL)
		return err_new(ERR_USAGE,
			       "it does not end in a public suffix, so nobody can own it");
	return psl_is_icann_suffix(base) ? err_new(ERR_USAGE, "it is a public suffix itself")
					 : NULL;
}

static struct err *check_place(const char *base, size_t labels, bool wildcard, bool private_names)
{
	if (labels > LABELS_MAX)
		return err_new(ERR_USAGE, "it has more than %d labels", LABELS_MAX);
	if (ends_in_number(base))
		return err_new(ERR_USAGE, "its last label is a number");
	if (wildcard && labels == 1)
		return err_new(ERR_USAGE, "a wildcard right above a top-level domain");
	if (wildcard && psl_is_icann_suffix(base))
		return err_new(ERR_USAGE, "a wildcard right above a public suffix");
	if (private_names)
		return NULL;
	if (labels == 1)
		return err_new(ERR_USAGE, "it needs at least one dot");
	return check_suffix(base);
}

struct err *hostname_check(const char *name, bool private_names)
{
	bool wildcard = str_starts(name, "*.");
	const char *base = wildcard ? name + 2 : name;
	size_t labels = 0;

	if (is_address(name))
		return err_new(ERR_USAGE, "it is an IP address; order it as type ip");
	if (strlen(name) > NAME_MAX_LEN)
		return err_new(ERR_USAGE, "it has more than %d characters", NAME_MAX_LEN);
	TRY(check_characters(name));
	TRY(check_labels(base, &labels));
	return check_place(base, labels, wildcard, private_names);
}

#define FEW_LABELS 4
#define MANY_LISTED 3

bool hostname_repeats(const char *name, const struct strlist *labels)
{
	struct strlist parts = { 0 };
	size_t listed = 0;
	bool twice = false;

	strlist_split(&parts, name, '.');
	for (size_t i = 0; i < parts.count; i++) {
		if (!strlist_has(labels, parts.items[i]))
			continue;
		listed++;
		twice = twice || (i > 0 && streq(parts.items[i - 1], parts.items[i]));
	}
	bool repeats = parts.count >= FEW_LABELS && (twice || listed >= MANY_LISTED);

	strlist_release(&parts);
	return repeats;
}

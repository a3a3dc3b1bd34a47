#include "dns/name.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/str.h"
#include "dns/idna.h"

#define NAME_MAX_LEN 253 /* RFC 1035 §2.3.4 without the root's dot */
#define LABEL_MAX_LEN 63
#define SHOWN 80

static bool is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static bool is_address(const char *s)
{
	unsigned char out[16];
	AUTO(free) char *bare = xstrdup(*s == '[' ? s + 1 : s);
	size_t len = strlen(bare);

	if (len > 0 && bare[len - 1] == ']')
		bare[len - 1] = '\0';
	return inet_pton(AF_INET, bare, out) == 1 || inet_pton(AF_INET6, bare, out) == 1;
}

static struct err *say_a_label(const char *typed, const char *shown)
{
	AUTO(free) char *ascii = idna_ascii(typed);

	if (ascii != NULL)
		return err_new(
			ERR_USAGE,
			"\"%s\" is not ASCII; certificates carry the form %s, so ask for that",
			shown, ascii);
	return err_new(ERR_USAGE, "\"%s\" is not ASCII; use its A-label (xn--...)", shown);
}

static struct err *check_kind(const char *typed, const char *shown)
{
	const char *scheme = strstr(typed, "://");
	const char *port = strchr(typed, ':');

	if (!is_ascii(typed))
		return say_a_label(typed, shown);
	if (scheme != NULL)
		return err_new(ERR_USAGE,
			       "\"%s\" is a URL, not a name; leave out \"%.*s\" and any path",
			       shown, (int)(scheme + 3 - typed), typed);
	if (is_address(name_base(typed)))
		return err_new(ERR_USAGE, "\"%s\" is an IP address, not a name", shown);
	if (strchr(typed, '/') != NULL)
		return err_new(ERR_USAGE, "\"%s\" is a name and a path; give the name alone",
			       shown);
	if (port != NULL)
		return err_new(ERR_USAGE, "\"%s\" is a name and a port; give the name alone",
			       shown);
	if (strchr(typed, '@') != NULL)
		return err_new(ERR_USAGE, "\"%s\" is an e-mail address, not a name", shown);
	return NULL;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static struct err *check_label(const char *label, size_t len, const char *shown)
{
	if (len == 0)
		return err_new(ERR_USAGE,
			       "\"%s\" has an empty label (two dots in a row, or one in front)",
			       shown);
	if (len > LABEL_MAX_LEN)
		return err_new(ERR_USAGE, "\"%s\" has a label of %zu characters; %d are the most",
			       shown, len, LABEL_MAX_LEN);
	for (size_t i = 0; i < len; i++)
		if (label[i] == '*')
			return err_new(
				ERR_USAGE,
				"\"%s\" has a \"*\" that is not the whole first label (\"*.example.org\")",
				shown);
		else if (!is_name_char(label[i]))
			return err_new(ERR_USAGE,
				       "\"%s\" has a character that no DNS name may have", shown);
	if (label[0] == '-' || label[len - 1] == '-')
		return err_new(ERR_USAGE, "\"%s\" has a label that begins or ends with \"-\"",
			       shown);
	return NULL;
}

static struct err *check_labels(const char *name, const char *shown)
{
	if (strlen(name) > NAME_MAX_LEN)
		return err_new(ERR_USAGE, "\"%s\" has %zu characters; %d are the most", shown,
			       strlen(name), NAME_MAX_LEN);
	for (const char *label = name_base(name);; label++) {
		size_t len = strcspn(label, ".");

		TRY(check_label(label, len, shown));
		label += len;
		if (*label == '\0')
			return NULL;
	}
}

struct err *name_canonical(char **out, const char *typed)
{
	AUTO(free) char *name = xstrdup(typed);
	AUTO(free) char *shown = str_printable(typed, SHOWN);
	size_t len = strlen(name);

	if (len == 0)
		return err_new(ERR_USAGE, "an empty name");
	if (name[len - 1] == '.')
		name[len - 1] = '\0';
	TRY(check_kind(name, shown));
	str_lower(name);
	TRY(check_labels(name, shown));
	*out = MOVE(name);
	return NULL;
}

bool name_is_wildcard(const char *name)
{
	return str_starts(name, "*.");
}

const char *name_base(const char *name)
{
	return name_is_wildcard(name) ? name + 2 : name;
}

/* What an option does with its value. */
#include <string.h>

#include "base/fs.h"
#include "base/kept.h"
#include "base/limits.h"
#include "client/opt/option.h"
#include "proto/challenge.h"

static void *member_of(const struct option_setter *s)
{
	return option_member(s->o, s->row);
}

static void put_text(const struct option_setter *s, char *text)
{
	char **member = member_of(s);

	free(*member);
	*member = text;
}

static struct err *set_true(const struct option_setter *s, const char *value)
{
	(void)value;
	*(bool *)member_of(s) = true;
	return NULL;
}

static struct err *set_false(const struct option_setter *s, const char *value)
{
	(void)value;
	*(bool *)member_of(s) = false;
	return NULL;
}

static struct err *set_count(const struct option_setter *s, const char *value)
{
	(void)value;
	++*(int64_t *)member_of(s);
	return NULL;
}

static struct err *check_value(const struct option_row *row, const char *value)
{
	return row->conf_key != NULL ? kept_check(value) : kept_check_shown(value);
}

static struct err *set_text(const struct option_setter *s, const char *value)
{
	TRY(check_value(s->row, value));
	put_text(s, xstrdup(value));
	return NULL;
}

static struct err *set_path(const struct option_setter *s, const char *value)
{
	AUTO(free) char *path = fs_absolute(value);

	TRY(check_value(s->row, path));
	put_text(s, MOVE(path));
	return NULL;
}

static struct err *set_command(const struct option_setter *s, const char *value)
{
	TRY(kept_check_command(value));
	put_text(s, xstrdup(value));
	return NULL;
}

/* Of a lineage: the paths in its renewal file hold it. */
static struct err *set_name(const struct option_setter *s, const char *value)
{
	TRY(kept_check(value));
	put_text(s, xstrdup(value));
	return NULL;
}

/* Kept in the spelling of the table. */
static struct err *set_choice_by(const struct option_setter *s, const char *value,
				 bool (*same)(const char *a, const char *b))
{
	AUTO(strlist_release) struct strlist choices = { 0 };
	AUTO(buf_release) struct buf all = BUF_INIT(LIMIT_KIB(1));

	strlist_split(&choices, s->row->choices, ' ');
	for (size_t i = 0; i < choices.count; i++)
		if (same(choices.items[i], value)) {
			put_text(s, xstrdup(choices.items[i]));
			return NULL;
		}
	for (size_t i = 0; i < choices.count; i++)
		buf_addf(&all, "%s'%s'", i > 0 ? ", " : "", choices.items[i]);
	return err_new(ERR_USAGE, "invalid choice: '%s' (choose from %s)", value, buf_str(&all));
}

static bool same_bytes(const char *a, const char *b)
{
	return streq(a, b);
}

static bool same_letters(const char *a, const char *b)
{
	return streq_nocase(a, b);
}

static struct err *set_choice(const struct option_setter *s, const char *value)
{
	return set_choice_by(s, value, same_bytes);
}

static struct err *set_choice_any_case(const struct option_setter *s, const char *value)
{
	return set_choice_by(s, value, same_letters);
}

static struct err *set_int(const struct option_setter *s, const char *value, int64_t min,
			   int64_t max)
{
	int64_t n = 0;

	if (!str_to_int(value, INT64_MIN, INT64_MAX, &n))
		return err_new(ERR_USAGE, "invalid int value: '%s'", value);
	if (n < min && min == 0)
		return err_new(ERR_USAGE, "value must be non-negative");
	if (n < min || n > max)
		return err_new(ERR_USAGE, "%lld is not between %lld and %lld", (long long)n,
			       (long long)min, (long long)max);
	*(int64_t *)member_of(s) = n;
	return NULL;
}

static struct err *set_number(const struct option_setter *s, const char *value)
{
	return set_int(s, value, 0, INT32_MAX);
}

static struct err *set_port(const struct option_setter *s, const char *value)
{
	return set_int(s, value, 1, 65535);
}

static struct err *set_jobs(const struct option_setter *s, const char *value)
{
	return set_int(s, value, 1, LIMIT_JOBS);
}

static struct err *set_domains(const struct option_setter *s, const char *value)
{
	return names_add_domains(s->o, value, NULL);
}

static struct err *set_addresses(const struct option_setter *s, const char *value)
{
	return names_add_addresses(s->o, value);
}

static struct err *set_challenges(const struct option_setter *s, const char *value)
{
	AUTO(strlist_release) struct strlist typed = { 0 };

	strlist_split(&typed, value, ',');
	for (size_t i = 0; i < typed.count; i++) {
		const struct challenge_type *type = challenge_type_by_name(typed.items[i]);

		if (type == NULL)
			return err_new(ERR_USAGE, "Unrecognized challenges: %s", typed.items[i]);
		strlist_add_unique(member_of(s), type->name);
	}
	return NULL;
}

static struct err *set_comment(const struct option_setter *s, const char *value)
{
	if (strpbrk(value, "()") != NULL)
		return err_new(ERR_USAGE, "may not contain parentheses");
	return set_text(s, value);
}

static struct err *set_nothing(const struct option_setter *s, const char *value)
{
	(void)s;
	(void)value;
	return NULL;
}

static struct err *set_noted(const struct option_setter *s, const char *value)
{
	(void)value;
	strlist_take(&s->o->notes, str_fmt("%s: %s", s->row->spec.names[0], s->row->help));
	return NULL;
}

const struct option_kind kind_true = { .store = STORE_BOOL, .set = set_true };
const struct option_kind kind_false = { .store = STORE_BOOL, .set = set_false };
const struct option_kind kind_count = { .store = STORE_INT, .repeats = true, .set = set_count };
const struct option_kind kind_text = { .store = STORE_TEXT, .takes_value = true, .set = set_text };
const struct option_kind kind_path = { .store = STORE_TEXT, .takes_value = true, .set = set_path };
const struct option_kind kind_command = { .store = STORE_TEXT,
					  .takes_value = true,
					  .set = set_command };
const struct option_kind kind_name = { .store = STORE_TEXT, .takes_value = true, .set = set_name };
const struct option_kind kind_choice = { .store = STORE_TEXT,
					 .takes_value = true,
					 .set = set_choice };
const struct option_kind kind_choice_any_case = { .store = STORE_TEXT,
						  .takes_value = true,
						  .set = set_choice_any_case };
const struct option_kind kind_port = { .store = STORE_INT, .takes_value = true, .set = set_port };
const struct option_kind kind_number = { .store = STORE_INT,
					 .takes_value = true,
					 .set = set_number };
const struct option_kind kind_jobs = { .store = STORE_INT, .takes_value = true, .set = set_jobs };
const struct option_kind kind_comment = { .store = STORE_TEXT,
					  .takes_value = true,
					  .set = set_comment };
const struct option_kind kind_request = { .store = STORE_TEXT,
					  .takes_value = true,
					  .set = foreign_set };
const struct option_kind kind_domains = {
	.store = STORE_LIST, .takes_value = true, .repeats = true, .set = set_domains
};
const struct option_kind kind_addresses = {
	.store = STORE_LIST, .takes_value = true, .repeats = true, .set = set_addresses
};
const struct option_kind kind_root = {
	.store = STORE_LIST, .takes_value = true, .repeats = true, .set = names_add_root
};
const struct option_kind kind_root_map = {
	.store = STORE_MAP, .takes_value = true, .repeats = true, .set = names_add_root_map
};
const struct option_kind kind_challenges = {
	.store = STORE_LIST, .takes_value = true, .repeats = true, .set = set_challenges
};

/* These are looked at by who parses (config, help, version) or who checks (plugin): the row's source says that it came. */
const struct option_kind kind_plugin = { .set = set_nothing };
const struct option_kind kind_config = { .takes_value = true, .repeats = true, .set = set_nothing };
const struct option_kind kind_help = { .set = set_nothing };
const struct option_kind kind_version = { .set = set_nothing };

/* Options of Certbot without an effect on the subcommands that are here. */
const struct option_kind kind_accepted = { .set = set_nothing };
const struct option_kind kind_accepted_value = { .takes_value = true,
						 .repeats = true,
						 .set = set_nothing };
const struct option_kind kind_noted = { .set = set_noted };

#include "client/opt/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "client/cmd/cmd.h"
#include "client/opt/option.h"

/* Words of one source: a configuration file or argv. */
struct layer {
	struct opt_items items;
	enum option_source source;
	char *path; /* of a file */
};

struct layers {
	struct layer *all; /* the weakest first */
	size_t count;
};

static void layers_release(struct layers *l)
{
	for (size_t i = 0; i < l->count; i++) {
		opt_items_release(&l->all[i].items);
		free(l->all[i].path);
	}
	free(l->all);
}

AUTO_RELEASE(struct layers, layers_release)

static void map_release(struct webroot_map *m)
{
	strlist_release(&m->names);
	strlist_release(&m->roots);
}

/* The rows that own their member, so that each is visited once. */
static bool owns_member(size_t row)
{
	return option_rows[row].member != NO_MEMBER && option_home(row) == row;
}

static void release_member(struct options *o, const struct option_row *row)
{
	void *member = option_member(o, row);

	if (row->kind->store == STORE_TEXT)
		free(*(char **)member);
	else if (row->kind->store == STORE_LIST)
		strlist_release(member);
	else if (row->kind->store == STORE_MAP)
		map_release(member);
}

void options_free(struct options *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < option_row_count; i++)
		if (owns_member(i))
			release_member(o, &option_rows[i]);
	strlist_release(&o->notes);
	free(o->sources);
	free(o);
}

/* The member still holds the original's pointer: replaces it by one of its own. */
static void own_text(char **text)
{
	if (*text != NULL)
		*text = xstrdup(*text);
}

static void own_list(struct strlist *l)
{
	struct strlist copy = { 0 };

	strlist_add_all(&copy, l);
	*l = copy;
}

static void own_member(struct options *o, const struct option_row *row)
{
	void *member = option_member(o, row);

	if (row->kind->store == STORE_TEXT) {
		own_text(member);
	} else if (row->kind->store == STORE_LIST) {
		own_list(member);
	} else if (row->kind->store == STORE_MAP) {
		own_list(&((struct webroot_map *)member)->names);
		own_list(&((struct webroot_map *)member)->roots);
	}
}

struct options *options_copy(const struct options *o)
{
	struct options *copy = xmemdup(o, sizeof(*o));

	for (size_t i = 0; i < option_row_count; i++)
		if (owns_member(i))
			own_member(copy, &option_rows[i]);
	own_list(&copy->notes);
	copy->sources = xmemdup(o->sources, option_row_count * sizeof(*o->sources));
	return copy;
}

static void preset_member(struct options *o, const struct option_row *row)
{
	void *member = option_member(o, row);

	if (row->kind->store == STORE_TEXT)
		*(char **)member = xstrdup(row->preset);
	else if (row->kind->store == STORE_BOOL)
		*(bool *)member = true;
	else if (row->kind->store == STORE_INT && !str_to_int(row->preset, 0, INT32_MAX, member))
		abort(); /* a number in our own table */
}

static struct options *options_new(void)
{
	struct options *o = xcalloc(1, sizeof(*o));

	o->sources = xcalloc(option_row_count, sizeof(*o->sources));
	for (size_t i = 0; i < option_row_count; i++)
		if (owns_member(i) && option_rows[i].preset != NULL)
			preset_member(o, &option_rows[i]);
	return o;
}

static size_t row_of_member(const struct options *o, const void *member)
{
	size_t offset = (size_t)((const char *)member - (const char *)o);

	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].member == offset)
			return i;
	abort(); /* not a member that an option sets */
}

enum option_source options_source(const struct options *o, const void *member)
{
	return o->sources[row_of_member(o, member)];
}

bool options_set_by_user(const struct options *o, const void *member)
{
	return options_source(o, member) != SOURCE_DEFAULT;
}

void options_set_runtime(struct options *o, char **member, const char *value)
{
	char *old = *member;

	*member = value != NULL ? xstrdup(value) : NULL;
	free(old);
	o->sources[row_of_member(o, member)] = SOURCE_RUNTIME;
}

static bool same_value(const struct options *a, const struct options *b,
		       const struct option_row *row)
{
	const void *one = option_member_const(a, row), *other = option_member_const(b, row);

	if (row->kind->store == STORE_INT)
		return *(const int64_t *)one == *(const int64_t *)other;
	const char *text = *(char *const *)one, *second = *(char *const *)other;

	return text == NULL || second == NULL ? text == second : streq(text, second);
}

bool options_agree_on(const struct options *a, const struct options *b, const char *plugin)
{
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		bool counts = row->plugin != NULL && streq(row->plugin, plugin) &&
			      (row->kind->store == STORE_TEXT || row->kind->store == STORE_INT);

		if (counts && !same_value(a, b, row))
			return false;
	}
	return a->http01_port == b->http01_port && a->https_port == b->https_port;
}

static struct layer *add_layer(struct layers *l, enum option_source source)
{
	l->all = xrealloc(l->all, l->count + 1, sizeof(*l->all));
	l->all[l->count] = (struct layer){ .source = source };
	return &l->all[l->count++];
}

static struct err *add_file(struct layers *l, const char *path)
{
	struct opt_items items = { 0 };

	TRY(config_file_read(&items, path));
	struct layer *layer = add_layer(l, SOURCE_CONFIG);

	layer->items = items;
	layer->path = xstrdup(path);
	return NULL;
}

static char *home_config(void)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (config != NULL && *config != '\0')
		return fs_join(config, "letsencrypt/cli.ini");
	return home != NULL ? fs_join(home, ".config/letsencrypt/cli.ini") : NULL;
}

static struct err *add_default_files(struct layers *l)
{
	AUTO(free) char *own = home_config();
	const char *const paths[] = { "/etc/letsencrypt/cli.ini", own };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (paths[i] != NULL && fs_exists(paths[i]))
			TRY(add_file(l, paths[i]));
	return NULL;
}

static struct err *add_named_files(struct layers *l, const struct opt_items *argv)
{
	for (size_t i = 0; i < argv->count; i++) {
		const struct opt_item *item = &argv->items[i];

		if (item->kind == OPT_OPTION && option_rows[item->spec].kind == &kind_config)
			TRY(add_file(l, item->text));
	}
	return NULL;
}

/* An option comes from the strongest source that has it, and from no other: lists are not mixed. */
static size_t *strongest_layers(const struct layers *l)
{
	size_t *strongest = xcalloc(option_row_count, sizeof(*strongest));

	for (size_t i = 0; i < l->count; i++)
		for (size_t n = 0; n < l->all[i].items.count; n++)
			if (l->all[i].items.items[n].kind == OPT_OPTION)
				strongest[l->all[i].items.items[n].spec] = i;
	return strongest;
}

/* Says which option is wrong, and in which line of which file it stands. */
static struct err *locate(struct err *e, const struct opt_item *item, const struct layer *layer)
{
	AUTO(free) char *display = opt_display(&option_rows[item->spec].spec);

	if (e->code == ERR_USAGE)
		e = err_wrap(e, "argument %s", display);
	return layer->path != NULL ? err_wrap(e, "%s, line %zu", layer->path, item->line) : e;
}

static struct err *apply_item(struct options *o, struct name_state *names,
			      const struct opt_item *item, const struct layer *layer)
{
	const struct option_row *row = &option_rows[item->spec];
	const struct option_setter s = { .o = o, .names = names, .row = row };
	struct err *e = row->kind->set(&s, item->text);

	if (e != NULL)
		return locate(e, item, layer);
	o->sources[item->spec] = layer->source;
	o->sources[option_home(item->spec)] = layer->source;
	return NULL;
}

static struct err *apply(struct options *o, const struct layers *l)
{
	AUTO(free) size_t *strongest = strongest_layers(l);
	struct name_state names = { 0 };

	for (size_t i = 0; i < l->count; i++)
		for (size_t n = 0; n < l->all[i].items.count; n++) {
			const struct opt_item *item = &l->all[i].items.items[n];

			if (item->kind == OPT_OPTION && strongest[item->spec] == i)
				TRY(apply_item(o, &names, item, &l->all[i]));
		}
	return NULL;
}

static char *located_word(const struct opt_item *item, const struct layer *layer)
{
	return layer->path != NULL
		     ? str_fmt("%s (%s, line %zu)", item->text, layer->path, item->line)
		     : xstrdup(item->text);
}

/* The first word that is a subcommand is it, without one it is "run"; other words and unknown options are left over. */
static void find_verb(struct options *o, struct strlist *left, const struct layers *l)
{
	for (size_t i = 0; i < l->count; i++)
		for (size_t n = 0; n < l->all[i].items.count; n++) {
			const struct opt_item *item = &l->all[i].items.items[n];
			bool open = item->kind == OPT_WORD && o->verb == NULL;

			if (item->kind == OPT_OPTION)
				continue;
			if (open)
				o->verb = subcommand_by_name(item->text);
			if (!open || o->verb == NULL)
				strlist_take(left, located_word(item, &l->all[i]));
		}
	if (o->verb == NULL)
		o->verb = subcommand_by_name("run");
}

static struct err *check_words(const struct strlist *left)
{
	if (left->count == 0)
		return NULL;
	AUTO(free) char *words = strlist_join(left, " ");

	return err_new(ERR_USAGE, "unrecognized arguments: %s", words);
}

static struct err *parse(struct options *o, struct layers *l, struct opt_items *argv)
{
	AUTO(strlist_release) struct strlist left = { 0 };

	TRY(add_default_files(l));
	TRY(add_named_files(l, argv));
	add_layer(l, SOURCE_ARGV)->items = *argv;
	*argv = (struct opt_items){ 0 };
	TRY(apply(o, l));
	find_verb(o, &left, l);
	TRY(check_words(&left));
	return options_check(o);
}

static bool has_row(const struct opt_items *l, size_t row)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].kind == OPT_OPTION && l->items[i].spec == row)
			return true;
	return false;
}

bool options_files_want_json(int argc, char *const *argv)
{
	AUTO(layers_release) struct layers l = { 0 };
	AUTO(opt_items_release) struct opt_items items = { 0 };
	bool found = false;

	err_ignore(opt_scan(&items, &option_table, argc > 1 ? (size_t)argc - 1 : 0, argv + 1));
	err_ignore(add_default_files(&l));
	err_ignore(add_named_files(&l, &items));
	for (size_t i = 0; i < l.count && !found; i++)
		found = has_row(&l.all[i].items, option_index("json"));
	return found;
}

/* -h anywhere, or "help" as the first word; the topic is the word behind it. */
static bool asks_for_help(char **topic, size_t argc, char *const *argv)
{
	for (size_t i = 0; i < argc; i++) {
		if (!streq(argv[i], "-h") && !streq(argv[i], "--help") &&
		    !(i == 0 && streq(argv[i], "help")))
			continue;
		*topic = i + 1 < argc ? xstrdup(argv[i + 1]) : NULL;
		return true;
	}
	return false;
}

struct err *options_parse(struct options **out, enum options_action *action, char **topic, int argc,
			  char *const *argv)
{
	AUTO(options_free) struct options *o = NULL;
	AUTO(layers_release) struct layers l = { 0 };
	AUTO(opt_items_release) struct opt_items items = { 0 };
	size_t count = argc > 1 ? (size_t)argc - 1 : 0;

	*action = OPTIONS_HELP;
	if (asks_for_help(topic, count, argv + 1))
		return NULL;
	TRY(opt_scan(&items, &option_table, count, argv + 1));
	*action = OPTIONS_VERSION;
	if (has_row(&items, option_index("version")))
		return NULL;
	*action = OPTIONS_RUN;
	o = options_new();
	TRY(parse(o, &l, &items));
	*out = MOVE(o);
	return NULL;
}

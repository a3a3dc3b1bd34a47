#include "plugins/started.h"

void note_started(const struct plugin_env *env, const struct webserver *s,
		  enum webserver_outcome outcome)
{
	if (outcome != WEBSERVER_STARTED)
		return;
	*env->started = true;
	ui_emit(env->ui, EVENT_WARNING_TEXT, FIELDS(STR("server", s->name)),
		"%s did not run, and was started to answer the challenges; it %s", s->name,
		env->reload_follows ? "goes on running when it has its certificate" : "is stopped again when they are over");
}

/* A server that did not run, and was started to answer challenges: it is to be found as it was, unless it gets certificates. */
#pragma once

#include "client/plugin.h"

/* Tells it, and has the client stop it in the end. Any other outcome: nothing. */
void note_started(const struct plugin_env *env, const struct webserver *s,
		  enum webserver_outcome outcome);

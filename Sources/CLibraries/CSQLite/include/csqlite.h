#pragma once
#include <sqlite3.h>

/* No statistics of memory, which cost a mutex at every allocation; before the first connection. */
int csqlite_configure(void);

/* SQLITE_TRANSIENT is a cast macro that Swift cannot see. */
int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length);
int csqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int length);

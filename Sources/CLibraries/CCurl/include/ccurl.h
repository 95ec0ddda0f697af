#pragma once
/* libcurl, and one typed wrapper per argument type of its variadic functions: Swift imports none of those, and an argument of the wrong
   width would be silent. Importer: TickerFetch. https://curl.se/libcurl/c/curl_easy_setopt.html */
#include <curl/curl.h>

CURLcode ccurl_set_number(CURL *easy, CURLoption option, long value);
/* libcurl copies the text. */
CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *value);
/* The list must live until the transfer ends or the handle is reset. */
CURLcode ccurl_set_headers(CURL *easy, struct curl_slist *headers);
/* As for the headers. https://curl.se/libcurl/c/CURLOPT_CURLU.html */
CURLcode ccurl_set_place(CURL *easy, CURLU *place);
/* As for the headers; libcurl takes the entries when the transfer starts. */
CURLcode ccurl_set_resolve(CURL *easy, struct curl_slist *entries);
/* libcurl copies the bytes. */
CURLcode ccurl_set_post(CURL *easy, const void *bytes, curl_off_t count);
/* Frees the copy; no transfer of the handle is under way. */
CURLcode ccurl_drop_post(CURL *easy);
/* CURL_ERROR_SIZE bytes that must live as long as the handle. */
CURLcode ccurl_set_error_text(CURL *easy, char *buffer);

/* Callbacks with the context that they are given. */
CURLcode ccurl_on_header(CURL *easy, curl_write_callback callback, void *context);
CURLcode ccurl_on_body(CURL *easy, curl_write_callback callback, void *context);
CURLcode ccurl_on_open_socket(CURL *easy, curl_opensocket_callback callback, void *context);
/* The context must live as long as the connection, which may be longer than the handle. */
CURLcode ccurl_on_close_socket(CURL *easy, curl_closesocket_callback callback, void *context);
CURLcode ccurl_on_request(CURL *easy, curl_prereq_callback callback, void *context);

/* 0, 0 and NULL where libcurl does not know; the text belongs to the handle. */
long ccurl_number(CURL *easy, CURLINFO info);
curl_off_t ccurl_size(CURL *easy, CURLINFO info);
const char *ccurl_text(CURL *easy, CURLINFO info);

/* When the server's own certificate ends, as OpenSSL writes it ("Nov 24 20:41:31 2026 GMT"), with CURLOPT_CERTINFO and a handshake of this
   transfer; NULL otherwise. Belongs to the handle. */
const char *ccurl_certificate_end(CURL *easy);

/* libcurl's IDN library reads host names in the character set of the thread's locale, which is ASCII in a program that sets none.
   Makes it UTF-8 in the calling thread until `leave`, in the same thread, with what `enter` returned (NULL: nothing to do). */
void *ccurl_utf8_enter(void);
void ccurl_utf8_leave(void *former);

CURLMcode ccurl_multi_set_number(CURLM *multi, CURLMoption option, long value);
CURLMcode ccurl_multi_on_socket(CURLM *multi, curl_socket_callback callback, void *context);
CURLMcode ccurl_multi_on_timer(CURLM *multi, curl_multi_timer_callback callback, void *context);

// limit URL COUNT AT_ONCE BYTES [BURST] : the same POSTs from plain C with libcurl's multi interface, connections kept
// alive; with BURST so many a second and then nothing, as they come in life. Prints the microseconds of CPU for each.
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static long count, burst, sent, done, failed;
static int size;
static char *body;
static CURLM *multi;

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static size_t ignore(char *bytes, size_t one, size_t number, void *context) { (void)bytes, (void)context; return one * number; }

static void start(CURL *easy, long end) {
  if (sent >= end) return;
  sent++;
  curl_multi_add_handle(multi, easy);
}

int main(int words, char **word) {
  if (words < 5) return 64;
  count = atol(word[2]);
  int at_once = atoi(word[3]);
  size = atoi(word[4]);
  burst = words > 5 ? atol(word[5]) : 0;
  body = malloc(size);
  memset(body, 'x', size);
  curl_global_init(CURL_GLOBAL_ALL);
  multi = curl_multi_init();
  struct curl_slist *headers = curl_slist_append(0, "content-type: application/json");
  headers = curl_slist_append(headers, "webhook-id: itm_0123456789ABCDEFGHJKMNPQRS");
  headers = curl_slist_append(headers, "webhook-timestamp: 1700000000");
  headers = curl_slist_append(headers, "webhook-signature: v1,1zUnTs/8iP2LTMtCHNh5LBjLX0RkdzLMyIg+3vR3aiU=");
  headers = curl_slist_append(headers, "Expect:");
  CURL **handles = calloc(at_once, sizeof *handles);
  for (int i = 0; i < at_once; i++) {
    CURL *easy = handles[i] = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, word[1]);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)size);
  }
  double begun = 0;
  for (long end = burst ? burst : count; done + failed < count; end += burst) {
    // Opening the connections is not counted where they are used again and again.
    if (burst && sent == burst) begun = cpu();
    for (int i = 0; i < at_once; i++) start(handles[i], end);
    while (done + failed < end) {
      int running, left;
      curl_multi_perform(multi, &running);
      CURLMsg *message;
      while ((message = curl_multi_info_read(multi, &left))) {
        CURL *easy = message->easy_handle;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (status / 100 == 2) done++; else failed++;
        curl_multi_remove_handle(multi, easy);
        start(easy, end);
      }
      if (done + failed < end) curl_multi_poll(multi, 0, 0, 10, 0);
    }
    if (burst) sleep(1);
  }
  printf("%.2f\n", (cpu() - begun) * 1e6 / (done - burst > 0 ? done - burst : 1));
  return failed > 0;
}

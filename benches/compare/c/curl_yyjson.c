/* The peer: libcurl and yyjson, one page after another. It accepts gzip, and trusts the authorities of SSL_CERT_FILE.
 * curl_yyjson BASE_URL PER_PAGE ROUNDS all|page|keep, or curl_yyjson version.
 * all and page copy every field; keep keeps yyjson's documents and points into them. */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

static const char *PATH =
    "/accounts/023e105f4ecef8ad9ca31a8372d0c353/realtime/kit/14a396e7-ca44-4937-bf1f-050a69118543/meetings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/participants";

typedef struct {
    const char *id, *custom_participant_id, *preset_name, *created_at, *updated_at, *name, *picture;
} participant;
typedef struct { char *data; size_t len, cap; } buffer;
typedef struct { participant *all; size_t count, cap; yyjson_doc **docs; size_t pages; } list;

static size_t collect(char *data, size_t size, size_t count, void *to) {
    buffer *b = to;
    size_t n = size * count;
    if (b->len + n > b->cap) b->data = realloc(b->data, b->cap = (b->len + n) * 2);
    memcpy(b->data + b->len, data, n);
    b->len += n;
    return n;
}

static const char *text(yyjson_val *object, const char *key, bool keep) {
    yyjson_val *value = yyjson_obj_get(object, key);
    if (!yyjson_is_str(value)) return NULL;
    return keep ? yyjson_get_str(value) : strdup(yyjson_get_str(value));
}

/* Whether there are more pages. */
static bool take(list *to, const buffer *body, bool keep) {
    yyjson_doc *doc = yyjson_read(body->data, body->len, 0);
    if (!doc) exit(1);
    yyjson_val *root = yyjson_doc_get_root(doc), *element;
    double total = yyjson_get_num(yyjson_obj_get(yyjson_obj_get(root, "paging"), "total_count"));
    yyjson_arr_iter elements;
    yyjson_arr_iter_init(yyjson_obj_get(root, "data"), &elements);
    while ((element = yyjson_arr_iter_next(&elements))) {
        if (to->count == to->cap) to->all = realloc(to->all, (to->cap = to->cap ? to->cap * 2 : 64) * sizeof *to->all);
        participant *p = &to->all[to->count++];
        p->id = text(element, "id", keep);
        p->custom_participant_id = text(element, "custom_participant_id", keep);
        p->preset_name = text(element, "preset_name", keep);
        p->created_at = text(element, "created_at", keep);
        p->updated_at = text(element, "updated_at", keep);
        p->name = text(element, "name", keep);
        p->picture = text(element, "picture", keep);
    }
    if (keep) {
        to->docs = realloc(to->docs, (to->pages + 1) * sizeof *to->docs);
        to->docs[to->pages++] = doc;
    } else {
        yyjson_doc_free(doc);
    }
    return (double)to->count < total;
}

static void list_free(list *l, bool keep) {
    for (size_t i = 0; i < l->count && !keep; i++) {
        participant *p = &l->all[i];
        free((void *)p->id), free((void *)p->custom_participant_id);
        free((void *)p->preset_name), free((void *)p->created_at);
        free((void *)p->updated_at), free((void *)p->name), free((void *)p->picture);
    }
    for (size_t i = 0; i < l->pages; i++) yyjson_doc_free(l->docs[i]);
    free(l->docs);
    free(l->all);
}

int main(int argc, char **argv) {
    if (argc == 2) return printf("%s; yyjson %s\n", curl_version(), YYJSON_VERSION_STRING) < 0;
    if (argc < 5) return 2;
    long per_page = atol(argv[2]);
    bool one = strcmp(argv[4], "page") == 0, keep = strcmp(argv[4], "keep") == 0;
    size_t count = 0;
    buffer body = {0};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Authorization: Bearer token-0123456789");
    headers = curl_slist_append(headers, "Accept: application/json");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (getenv("SSL_CERT_FILE")) curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("SSL_CERT_FILE"));
    for (int round = atoi(argv[3]); round > 0; round--) {
        list everyone = {0};
        bool more = true;
        for (long page = 1; more; page++) {
            char url[512];
            snprintf(url, sizeof url, "%s%s?page_no=%ld&per_page=%ld", argv[1], PATH, page, per_page);
            curl_easy_setopt(curl, CURLOPT_URL, url);
            body.len = 0;
            if (curl_easy_perform(curl) != CURLE_OK) return 1;
            more = take(&everyone, &body, keep) && !one;
        }
        count = 0;
        for (size_t i = 0; i < everyone.count; i++) count += *everyone.all[i].id != 0;
        list_free(&everyone, keep);
    }
    printf("%zu\n", count);
    free(body.data);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    return 0;
}

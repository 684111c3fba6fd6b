#!/bin/sh
# In a container: fills the templates in, below VERDICT_NGINX_RUN, and becomes nginx.
set -eu
here=$(dirname "$0")
names='$VERDICT_NGINX_LISTEN $VERDICT_NGINX_UPSTREAM $VERDICT_NGINX_RUN $VERDICT_NGINX_TLS $VERDICT_NGINX_CERTIFICATE $VERDICT_NGINX_KEY $VERDICT_NGINX_REDIRECT $VERDICT_NGINX_PUBLIC_URL'
for name in nginx tls; do
  envsubst "$names" < "$here/$name.conf.template" > "$VERDICT_NGINX_RUN/$name.conf"
done
cp "$here/mime.types" "$VERDICT_NGINX_RUN/mime.types"
exec nginx -e stderr -c "$VERDICT_NGINX_RUN/nginx.conf" -g 'daemon off;'

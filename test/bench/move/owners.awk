# Sorts the ownerReferences of pretty-printed objects: their order means nothing.
/^ *"ownerReferences": \[$/ { print; inside = 1; count = 0; item = ""; next }
inside && /^ *\],?$/ {
  for (i = 1; i <= count; i++) printf "%s", items[i]
  inside = 0
}
inside {
  line = $0
  if (line ~ /^ *},?$/) sub(/,$/, "", line)
  item = item line "\n"
  if (line ~ /^ *}$/) {
    for (i = ++count; i > 1 && items[i - 1] > item; i--) items[i] = items[i - 1]
    items[i] = item
    item = ""
  }
  next
}
{ print }

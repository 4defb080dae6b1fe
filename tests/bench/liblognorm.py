"""Rulebases for liblognorm's CEF parser: a rule for each header, since a message whose header no rule reads never gets there."""

BSD = "<%pri:number%>%date:date-rfc3164% %host:word% "
BSD_WITHOUT_PRI = "%date:date-rfc3164% %host:word% "
RFC5424 = "<%pri:number%>1 %date:date-rfc5424% %host:word% %app:word% %procid:word% %msgid:word% "
NO_HEADER = ""


def rulebase(*headers):
    return "version=2\n" + "".join(f"rule=:{header}%f:cef%\n" for header in headers)

"""Web log rows as the four vendors really write them: no scheme, a path alone, a host and a port, names in four forms."""

import dataclasses
import datetime as dt

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@dataclasses.dataclass
class Row:
    time: dt.datetime
    user: str  # as the device logs it; "" where it knows none
    host: str
    path: str  # with query
    dst: str
    src: str
    action: str = ""  # "": the vendor's word for let through
    referer: str = ""
    agent: str = AGENT
    egress: str = "192.0.2.10"
    device: str = "edge-1"
    serial: int = 0


def bsd(time):
    return time.strftime("%b ") + f"{time.day:2d}" + time.strftime(" %H:%M:%S")


def paloalto(row):
    """PAN-OS URL log: the URL in quotes and without scheme, the user as DOMAIN\\user."""
    return (
        f"<14>{bsd(row.time)} {row.device} CEF:0|Palo Alto Networks|PAN-OS|10.0.4|url|THREAT|1|rt={row.time.strftime('%b %d %Y %H:%M:%S')} GMT "
        f"deviceExternalId=013201027985 src={row.src} dst={row.dst} sourceTranslatedAddress={row.egress} destinationTranslatedAddress={row.dst} "
        f"cs1Label=Rule cs1=web-out suser={row.user} duser= app=ssl cs3Label=Virtual System cs3=vsys1 cs4Label=Source Zone cs4=trust "
        f"cs5Label=Destination Zone cs5=untrust cn1Label=SessionID cn1={row.serial} cnt=1 spt=50122 dpt=443 proto=tcp act={row.action or 'alert'} "
        f'request="{row.host}{row.path}" cs2Label=URL Category cs2=computer-and-internet-info flexString2Label=Direction '
        f"flexString2=client-to-server externalId={row.serial} requestContext=text/html cat=(9999) requestMethod=get "
        f"requestClientApplication={row.agent} PanOSReferer={row.referer} PanOSVsysName= dvchost={row.device}"
    )


def fortigate(row):
    """FortiGate web filter: a path, the host beside it, the user in duser, the time in nanoseconds."""
    path = row.path.replace("=", r"\=")
    referer = f" FTNTFGTreferralurl={row.referer}".replace("=", r"\=").replace(r"FTNTFGTreferralurl\=", "FTNTFGTreferralurl=") if row.referer else ""
    return (
        f"<189>{bsd(row.time)} {row.device} CEF:0|Fortinet|Fortigate|v7.2.8|13317|utm:webfilter ftgd_allow|3|deviceExternalId=FGT60FTK21009999 "
        f"FTNTFGTeventtime={int(row.time.timestamp() * 10**9)} FTNTFGTtz=+0000 FTNTFGTlogid=0317013312 cat=utm:webfilter FTNTFGTsubtype=webfilter "
        f"FTNTFGTeventtype=ftgd_allow FTNTFGTlevel=notice FTNTFGTvd=root FTNTFGTpolicyid=4 externalId={row.serial} duser={row.user} src={row.src} spt=50544 "
        f"deviceInboundInterface=lan dst={row.dst} dpt=443 deviceOutboundInterface=wan1 proto=6 app=HTTPS dhost={row.host} FTNTFGTprofile=default "
        f"act={row.action or 'passthrough'} FTNTFGTreqtype=referral request={path}{referer} out=1713 in=24120 deviceDirection=1 FTNTFGTcat=52 "
        f"requestContext=Information Technology FTNTFGTcrscore=0"
    )


def checkpoint(row, loguid=None):
    """Check Point without TLS inspection: a host and a port, and the user as LAST FIRST (id)."""
    loguid = loguid or f"{{0x{int(row.time.timestamp()):x},0x0,0x501a8c0,0x{row.serial:x}}}"
    return (
        f"<134>{bsd(row.time)} {row.device} CEF:0|Check Point|URL Filtering|Check Point|Log|Log|Unknown|act={row.action or 'Accept'} "
        f"cs1Label=Application Rule Name cs1=Internet access cs5Label=Matched Category cs5=Computers / Internet deviceDirection=1 "
        f"rt={int(row.time.timestamp())}000 spt=51744 dpt=443 duser={row.user} suser={row.user} ifname=eth1 loguid={loguid} origin=10.0.0.1 "
        f"originsicname=cn\\=cp_gw,o\\=mgmt..abcdef sequencenum=1 version=5 dst={row.dst} layer_name=Web product=URL Filtering proto=6 "
        f"request=https://{row.host}:443 service_id=https src={row.src}"
    )


def zscaler(row):
    """Zscaler NSS web feed: no scheme, nothing escaped, the user by mail address, the client's public address as source."""
    action = row.action or "Allowed"
    return (
        f"{bsd(row.time)} zscaler-nss CEF:0|Zscaler|NSSWeblog|5.7|{action}|{action}|3|act={action} app=HTTPS cat=Professional Services dhost={row.host} "
        f"dst={row.dst} src={row.src} in=79658 outcome=200 out=446 request={row.host}{row.path} rt={row.time.strftime('%b %d %Y %H:%M:%S')} "
        f"sourceTranslatedAddress={row.egress} requestClientApplication={row.agent} requestMethod=GET suser={row.user} spriv=Road Warrior "
        f"externalId={row.serial} fileType=None reason={action} destinationServiceName=General Browsing requestContext={row.referer or 'None'} "
        f"cs1=Sales cs1Label=dept cs2=Business cs2Label=urlsupercat ssldecrypted=Yes"
    )


WRITERS = {"paloalto": paloalto, "fortigate": fortigate, "checkpoint": checkpoint, "zscaler": zscaler}

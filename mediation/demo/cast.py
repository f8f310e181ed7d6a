"""Who plays in the demo. People and places are made up; phone numbers are of a range that is given to nobody."""

from dataclasses import dataclass

from mediation.accounts.models import OrganisationKind
from mediation.actor import Role

FEDERATION = (OrganisationKind.FEDERATION, "青禾市妇女联合会", "妇联")
COURT = (OrganisationKind.COURT, "青禾区人民法院", "法院")


@dataclass(frozen=True)
class Part:
    """A member of staff of the demo."""

    username: str
    name: str
    called: str
    role: Role
    title: str
    of_court: bool = False


STAFF = (
    Part("pan", "潘秀兰", "潘调解员", Role.MEDIATOR, "退休法官"),
    Part("chen", "陈立", "陈法官", Role.JUDGE, "家事审判庭法官", of_court=True),
    Part("zhou", "周敏", "周老师", Role.FEDERATION, "妇联工作人员"),
    Part("zheng", "郑洁", "郑老师", Role.ARCHIVIST, "工作站档案"),
    Part("wu", "吴强", "吴管理员", Role.ADMIN, "管理员"),
)


@dataclass(frozen=True)
class Couple:
    """The two parties of a case: (name, called, phone, e-mail, relation)."""

    applicant: tuple[str, str, str, str, str]
    respondent: tuple[str, str, str, str, str]


VISITING = Couple(
    ("王芳", "王女士", "13800002051", "wang.fang@example.org", "孩子的母亲"),
    ("林国栋", "林先生", "13900007734", "lin.guodong@example.org", "孩子的父亲"),
)
PROPERTY = Couple(
    ("赵雪梅", "赵女士", "13800003162", "zhao.xuemei@example.org", "前妻"),
    ("孙伟", "孙先生", "13900004417", "sun.wei@example.org", "前夫"),
)
VISITING_SUMMARY = (
    "双方离婚后，孩子随父亲生活。母亲每月探望一次，接到家里住一晚。上次晚送回三天，之后父亲两次没有让探望。"
    "双方愿意通过视频谈一谈。"
)
PROPERTY_SUMMARY = "离婚后共同房屋的折价款没有谈妥。女方有人身安全保护令，双方不见面。"

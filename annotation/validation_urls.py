"""Pages of validations: protocols and people for researchers, the desk for annotators."""

from django.urls import path

from annotation.views import desk, invitations, lead, protocol

app_name = "validation"
urlpatterns = [
    path("", protocol.validation_list, name="validation_list"),
    path("new/", protocol.validation_new, name="validation_new"),
    path("mine/", desk.mine, name="mine"),
    path("join/<str:token>/", invitations.join, name="join"),
    path("<slug:slug>/", protocol.validation_detail, name="validation_detail"),
    path("<slug:slug>/edit/", protocol.validation_edit, name="validation_edit"),
    path("<slug:slug>/state/<slug:change>/", protocol.validation_state, name="validation_state"),
    path("<slug:slug>/people/", invitations.people, name="people"),
    path("<slug:slug>/people/pass-on/", invitations.pass_on, name="pass_on"),
    path("<slug:slug>/people/add/", invitations.add, name="add_seat"),
    path("<slug:slug>/people/<int:pk>/invite/", invitations.invite, name="invite"),
    path("<slug:slug>/people/<int:pk>/leave/", invitations.leave, name="leave"),
    path("<slug:slug>/desk/", desk.desk, name="desk"),
    path("<slug:slug>/desk/finish/", desk.finish, name="finish"),
    path("<slug:slug>/desk/<int:pk>/", desk.item, name="item"),
    path("<slug:slug>/desk/<int:pk>/draft/", desk.draft, name="draft"),
    path("<slug:slug>/desk/<int:pk>/undo/", desk.undo, name="undo"),
    path("<slug:slug>/results/", lead.overview, name="results"),
    path("<slug:slug>/results/progress/", lead.progress_part, name="result_progress"),
    path("<slug:slug>/results/items/", lead.item_list, name="result_items"),
    path("<slug:slug>/results/items/<int:pk>/", lead.item_detail, name="result_item"),
]

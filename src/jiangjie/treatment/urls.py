from django.urls import path

from jiangjie.treatment import views

app_name = "treatment"
urlpatterns = [
    path("treatment/", views.month, name="month"),
    path("treatment/pay/", views.pay, name="pay"),
    path("treatment/export.xlsx", views.month_export, name="month_export"),
    path("treatment/print.pdf", views.month_print, name="month_print"),
    path("treatment/rates/", views.rate_list, name="rate_list"),
    path("treatment/rates/export.xlsx", views.rate_export, name="rate_export"),
    path("treatment/rates/<int:pk>/end/", views.rate_end, name="rate_end"),
    path("treatment/appoint/", views.appoint, name="appoint"),
    path("treatment/overdue/", views.overdue, name="overdue"),
    path("treatment/overdue/export.xlsx", views.overdue_export, name="overdue_export"),
    path("treatment/entitlements/", views.entitlement_list, name="entitlement_list"),
    path("treatment/entitlements/export.xlsx", views.entitlement_export, name="entitlement_export"),
    path("treatment/entitlements/<int:pk>/", views.entitlement, name="entitlement"),
    path("treatment/entitlements/<int:pk>/end/", views.end, name="end"),
    path("treatment/payments/<int:pk>/proof/", views.proof, name="proof"),
    path("treatment/payments/<int:pk>/reversal/", views.reversal_new, name="reversal_new"),
    path("treatment/reversals/<int:pk>/decide/", views.reversal_decide, name="reversal_decide"),
    path("treatment/back-pay/", views.back_pay, name="back_pay"),
    path("treatment/back-pay/export.xlsx", views.back_pay_export, name="back_pay_export"),
    path("batches/<int:pk>/treatment/", views.of_batch, name="batch"),
    path("me/treatment/", views.own, name="own"),
]

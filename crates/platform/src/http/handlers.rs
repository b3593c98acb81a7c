//! How a handler comes into the router.
//!
//! axum wraps whatever it is given into half a dozen services, each generic over the handler; for several hundred handlers that was a third of the
//! time in which a context is compiled. So a handler loses its type first, and axum sees one type only.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use utoipa::openapi::path::{HttpMethod, Operation, Paths};
use utoipa::openapi::{RefOr, Schema};
use utoipa_axum::PathItemExt;

use super::App;

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler of any type.
#[derive(Clone)]
pub struct Erased(Arc<dyn Fn(Request, App) -> Answering + Send + Sync>);

impl Handler<(), App> for Erased {
    type Future = Answering;

    fn call(self, request: Request, app: App) -> Answering {
        (self.0)(request, app)
    }
}

/// The handler without its type. What a function answers is boxed by axum in any case, so this costs a request one indirect call.
pub fn erased<T: 'static>(handler: impl Handler<T, App, Future = Answering>) -> Erased {
    Erased(Arc::new(move |request, app| handler.clone().call(request, app)))
}

/// What [`OpenApiRouter::routes`](super::OpenApiRouter::routes) takes, as [`routes!`](super::routes) gathers it.
#[doc(hidden)]
#[derive(Default)]
pub struct Gathered {
    pub schemas: Vec<(String, RefOr<Schema>)>,
    pub paths: Paths,
    pub router: axum::routing::MethodRouter<App>,
}

impl Gathered {
    /// With one more operation.
    pub fn with(mut self, (path, operation, methods): (String, Operation, Vec<HttpMethod>), handler: &Erased) -> Self {
        for method in &methods {
            self.router = self.router.on(method.to_method_filter(), handler.clone());
        }
        self.paths.add_path_operation(path, methods, operation);
        self
    }
}

/// The operations at one path, from the handlers that are described by `utoipa::path`.
#[macro_export]
macro_rules! routes {
    ($($handler:path),+ $(,)?) => {{
        let mut gathered = $crate::http::Gathered::default();
        $(
            let described = {
                let mut schemas = Vec::new();
                let described = $crate::http::utoipa_axum::routes!(@resolve_types $handler : schemas);
                gathered.schemas.append(&mut schemas);
                described
            };
            gathered = gathered.with(described, &$crate::http::erased($handler));
        )+
        (gathered.schemas, gathered.paths, gathered.router)
    }};
}

# The images of docker-compose.yaml, to publish:
#   MEOWER_IMAGES=registry.example/meower MEOWER_VERSION=1.0.0 docker buildx bake --file docker-bake.hcl --push
# Compose, Swarm and Kubernetes take them by the same two settings (docs/deployment.md).

variable "MEOWER_IMAGES" { default = "meower" }
variable "MEOWER_VERSION" { default = "latest" }
variable "REVISION" { default = null }
variable "CREATED" { default = null }
# Without them, the builder of Docker can build for its own machine, too:
#   ATTEST=false docker buildx bake --file docker-bake.hcl --set "*.platform=linux/amd64"
variable "ATTEST" { default = true }
# Images to build on, if not those of the Dockerfile.
variable "NODE_IMAGE" { default = null }
variable "NGINX_IMAGE" { default = null }
variable "POSTGRES_IMAGE" { default = null }

group "default" {
  targets = ["services", "postgres"]
}

target "common" {
  platforms = ["linux/amd64", "linux/arm64"]
  args = {
    NODE_IMAGE     = NODE_IMAGE
    NGINX_IMAGE    = NGINX_IMAGE
    POSTGRES_IMAGE = POSTGRES_IMAGE
  }
  # What is in an image, and from what it was built.
  attest = ATTEST ? ["type=sbom", "type=provenance,mode=max"] : []
  labels = {
    "org.opencontainers.image.description" = "Meower, a social network for cats"
    "org.opencontainers.image.licenses"    = "MIT"
    "org.opencontainers.image.version"     = MEOWER_VERSION
    "org.opencontainers.image.revision"    = REVISION
    "org.opencontainers.image.created"     = CREATED
  }
}

target "services" {
  inherits = ["common"]
  name     = service
  matrix = {
    service = ["secrets", "migrate", "ops", "meow", "query", "pusher", "nginx", "elasticsearch-proxy", "load"]
  }
  target = contains(["meow", "query", "pusher"], service) ? "${service}-service" : service == "migrate" ? "ops" : service
  tags   = ["${MEOWER_IMAGES}-${service}:${MEOWER_VERSION}"]
  labels = { "org.opencontainers.image.title" = "meower-${service}" }
}

target "postgres" {
  inherits   = ["common"]
  dockerfile = "postgres/Dockerfile"
  target     = "postgres"
  tags       = ["${MEOWER_IMAGES}-postgres:${MEOWER_VERSION}"]
  labels     = { "org.opencontainers.image.title" = "meower-postgres" }
}
